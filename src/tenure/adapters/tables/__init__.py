"""Tables from outside, read with Arrow and checked with polars."""
