# The container of docs/container.md: serves /opt/ml/model, or the marathon demo.
ARG DEBIAN=debian:trixie-slim

# --- Everything that needs a compiler or pip ends up in /opt/venv.
FROM ${DEBIAN} AS build

RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3-dev python3-venv r-base-dev

WORKDIR /src
COPY requirements-build.txt requirements.txt ./
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_PROGRESS_BAR=off PIP_ROOT_USER_ACTION=ignore
# Without build isolation, so that what builds the wheels is pinned with its hashes too.
RUN python3 -m venv /opt/build \
 && /opt/build/bin/pip install --require-hashes --only-binary :all: -r requirements-build.txt \
 && RPY2_CFFI_MODE=API /opt/build/bin/pip wheel --wheel-dir /wheels --no-build-isolation \
      --require-hashes --only-binary :all: --no-binary rpy2-rinterface -r requirements.txt
COPY . .
RUN /opt/build/bin/pip wheel --wheel-dir /wheels --no-build-isolation --no-deps .

# Compiled once here, not at every cold start; by content, as copying may change times.
# Of pyarrow, Parquet, IPC, CSV and JSON are used: without the rest and symbols 80 of 180 MB are left.
RUN python3 -m venv --without-pip /opt/venv \
 && /opt/build/bin/pip --python /opt/venv/bin/python install --no-compile --no-index --no-deps /wheels/*.whl \
 && cd /opt/venv/lib/python3*/site-packages/pyarrow \
 && rm -r include includes src libarrow_flight* libarrow_python_* libarrow_python.so libarrow_python.so.*.* libarrow_s3* \
 && find . -name '_*.so' ! -name '_fs.*' ! -name '_parquet.*' ! -name '_csv.*' ! -name '_json.*' ! -name '_compute.*' -delete \
 && find . -name '*.p[xy][xdi]' -delete \
 && strip --strip-unneeded *.so *.so.* \
 && cd / \
 && find /opt/venv -type d -name tests -prune -exec rm -r {} + \
 && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv \
 && Rscript --vanilla /opt/venv/lib/python3*/site-packages/bridge/_r/compile.R


# --- R, as it is shipped.
FROM ${DEBIAN} AS r

# r-base-core brings the reference BLAS, whose answers do not depend on the number of rows.
# R's help pages and translations take 25 MB, and a server shows neither.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libblas3 libseccomp2 python3 r-base-core \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/cache/debconf/*-old \
      /usr/lib/R/library/translations /usr/lib/R/library/*/help /usr/lib/R/library/*/html \
      /usr/lib/R/library/*/doc /usr/lib/R/library/*/demo /usr/share/R/doc/html /usr/share/R/doc/manual
COPY r/image /opt/rbridge/install


# --- What models need beyond R: Debian's packages are found here, others compiled.
FROM r AS packages
ARG CRAN=https://cloud.r-project.org
ARG DEBIAN_PACKAGES=""
ARG R_PACKAGES=""
RUN Rscript --vanilla /opt/rbridge/install/install.R compile


# --- What is shipped. SageMaker runs it as root, with /opt/ml/model read-only.
FROM r

COPY --from=packages /opt/rbridge/packages /opt/rbridge/packages
COPY --from=packages /usr/local/lib/R/site-library /usr/local/lib/R/site-library
RUN Rscript --vanilla /opt/rbridge/install/install.R finish
COPY --from=build /opt/venv /opt/venv
COPY models/marathon /opt/rbridge/models/marathon

ENV LANG=C.UTF-8 \
    PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    RBRIDGE_DEMO_MODEL=/opt/rbridge/models/marathon

LABEL com.amazonaws.sagemaker.capabilities.accept-bind-to-port=true \
      com.amazonaws.sagemaker.capabilities.multi-models=true \
      org.opencontainers.image.title=r-model-bridge \
      org.opencontainers.image.description="R models behind SageMaker's contract, answered by R's own predict()" \
      org.opencontainers.image.version=0.1.0 \
      org.opencontainers.image.licenses="Apache-2.0 AND GPL-2.0-or-later"

EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["rbridge", "ping"]
ENTRYPOINT ["rbridge"]
CMD ["serve"]
