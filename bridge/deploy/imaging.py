"""imaging: the steps that bring a local image into ECR."""

from bridge.deploy.drawn import Drawn
from bridge.deploy.names import as_list, repository
from bridge.deploy.step import Call, Step


def image_steps(drawn: Drawn) -> list[Step]:
    """A repository, and the image in it; nothing where an image in ECR was given."""
    if not drawn.is_local_image:
        return []
    name = repository(drawn.wanted.name)
    arn = drawn.place.arn("ecr", f"repository/{name}")
    made = {
        "repositoryName": name,
        "tags": as_list(drawn.tags),
        "imageScanningConfiguration": {"scanOnPush": True},
    }
    image = {"repositoryName": name, "imageIds": [{"imageTag": drawn.image_tag}]}
    pushed = {"Image": drawn.wanted.image, "As": drawn.image}
    return [
        Step(
            "SageMaker takes images from a repository of ECR",
            Call("ecr", "create_repository", made),
            look=Call("ecr", "describe_repositories", {"repositoryNames": [name]}),
            tags=Call("ecr", "list_tags_for_resource", {"resourceArn": arn}),
        ),
        Step(
            f"The image {drawn.wanted.image} of this machine, with a password of ECR",
            Call("docker", "push", pushed),
            look=Call("ecr", "describe_images", image),
        ),
    ]
