"""The zoo: R models of every family, served over HTTP and compared bit for bit with R."""
