# A half marathon time as H:MM:SS, MM:SS or SS in; a marathon time as HH:MM:SS out.

input_fn <- function(newdata) {
  newdata$hmaratime <- as_seconds(newdata$hmtime)
  reject("hmtime must be H:MM:SS, MM:SS or SS, such as 1:30:20",
         rows = is.na(newdata$hmaratime), field = "hmtime")
  newdata
}

output_fn <- function(prediction, newdata) {
  list(marathon_time = as_clock(prediction))
}

time_pattern <- "^(\\d{1,2}:[0-5]\\d:[0-5]\\d|\\d{1,3}:[0-5]\\d|\\d{1,5})$"

# Seconds; NA where the text is no time. "90:20" is an hour and a half.
as_seconds <- function(text) {
  valid <- grepl(time_pattern, text, perl = TRUE)
  text[!valid] <- "0"
  parts <- strsplit(paste0("0:0:", text), ":", fixed = TRUE)
  last <- cumsum(lengths(parts))
  numbers <- as.numeric(unlist(parts))
  seconds <- 3600 * numbers[last - 2] + 60 * numbers[last - 1] + numbers[last]
  seconds[!valid] <- NA
  seconds
}

# To the nearest second, before it is cut into hours and minutes: never "02:29:60".
as_clock <- function(seconds) {
  total <- round(abs(seconds))
  clock <- sprintf("%s%02.0f:%02.0f:%02.0f", c("", "-")[1 + (seconds < 0)],
                   total %/% 3600, total %/% 60 %% 60, total %% 60)
  clock[is.na(seconds)] <- NA
  clock
}
