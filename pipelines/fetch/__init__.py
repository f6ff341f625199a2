"""Asking publishers for their files over the network: the only room that opens a connection.

What belongs here: what can be asked for (`orders`), how a server is treated (`client`), the interface of statistical
databases (`genesis`), plain files (`downloads`), jobs that outlive a call (`jobs`), credentials (`credentials`), and
handing what came to the same intake as a file given by hand (`collect`). What does not: reading a format
(`pipelines.readers`), laying a file down (`pipelines.sources.intake`), publishers' addresses (their entries in
`pipelines/sources/catalogue`). Nothing else in the program imports this room but the command `fetch`.
"""
