# Projections, and what has no predict method.

zoo(
  "prcomp", "prcomp",
  fit = prcomp(USArrests, scale. = TRUE),
  newdata = USArrests[1:8, 4:1]
)

zoo(
  "prcomp-formula", "prcomp",
  fit = prcomp(~ Murder + Assault + Rape, USArrests, rank. = 2),
  newdata = USArrests[9:16, c("Rape", "Murder", "Assault")]
)

zoo(
  "prcomp-one-component", "prcomp",
  fit = prcomp(USArrests, rank. = 1),
  newdata = USArrests[1:8, ]
)

zoo(
  "princomp", "princomp",
  fit = princomp(USArrests, cor = TRUE),
  newdata = USArrests[17:24, ]
)

zoo(
  "princomp-formula", "princomp",
  fit = princomp(~ Murder + Assault + UrbanPop, USArrests),
  newdata = USArrests[25:32, c("UrbanPop", "Assault", "Murder")]
)

zoo("kmeans", "no predict", fit = kmeans(iris[1:4], 3), refused = c("kmeans", "predict"))

zoo("hclust", "no predict", fit = hclust(dist(USArrests)), refused = c("hclust", "predict"))

zoo("factanal", "no predict", fit = factanal(mtcars[1:6], 2), refused = c("factanal", "predict"))
