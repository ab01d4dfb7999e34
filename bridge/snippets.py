"""snippets: R code that ``rmodel`` evaluates, once each."""

# Arguments: the files of r/R. Value: their functions, in an environment where nothing
# can shadow them or what they call.
SOURCE = """
function(files) {
  functions <- new.env(parent = baseenv())
  for (file in files) sys.source(file, envir = functions, keep.source = FALSE)
  functions
}
"""
# Value: what serve_model() made, or the message of the error that stopped it.
LOAD = """
function(functions, arguments) {
  tryCatch(do.call(functions$serve_model, arguments),
           error = function(e) conditionMessage(e))
}
"""

DESCRIBE = "function(functions, served) functions$description(served)"
REPORT = "function(functions, served) functions$report(served)"
# Of what is young alone: the rest of the heap is neither looked through nor written to.
COLLECT = "function() gc(full = FALSE)"
