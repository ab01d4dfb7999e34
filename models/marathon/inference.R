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

time_pattern <- "^(\\d{1,2}:[0-5]\\d:[0-5]\\d|\\d{1,3}:[0-5]\\d|\\d{1,5})\\z"

# Seconds; NA where the text is no time. "90:20" is an hour and a half.
as_seconds <- function(text) {
  valid <- grepl(time_pattern, text, perl = TRUE)
  text[!valid] <- "0"
  parts <- strsplit(text, ":", fixed = TRUE)
  count <- lengths(parts)
  numbers <- c(0, 0, as.numeric(unlist(parts)))
  last <- 2 + cumsum(count)
  seconds <- numbers[last] + 60 * (count > 1) * numbers[last - 1] +
    3600 * (count > 2) * numbers[last - 2]
  seconds[!valid] <- NA
  seconds
}

two_digits <- sprintf("%02d", 0:99)

# To the nearest second, before it is cut into hours and minutes: never "02:29:60".
as_clock <- function(seconds) {
  total <- as.integer(round(abs(seconds)))
  hours <- total %/% 3600L
  shown <- two_digits[1L + hours]
  beyond <- is.na(shown)
  shown[beyond] <- hours[beyond]
  clock <- paste0(c("", "-")[1 + (seconds < 0)], shown, ":",
                  two_digits[1L + total %/% 60L %% 60L], ":",
                  two_digits[1L + total %% 60L])
  clock[is.na(seconds)] <- NA
  clock
}
