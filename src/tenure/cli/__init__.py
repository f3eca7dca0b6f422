"""The command line: `tenure <noun> <verb>`, through the sdk."""
