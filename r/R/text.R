# Text as the server takes it.

# In UTF-8, whatever its author made of it: a byte that is none becomes <ff>.
in_utf8 <- function(text) {
  text <- enc2utf8(text)
  if (all(validUTF8(text))) text else iconv(text, "UTF-8", "UTF-8", sub = "byte")
}

# The same of all text in a list.
all_in_utf8 <- function(parts) rapply(parts, in_utf8, classes = "character", how = "replace")
