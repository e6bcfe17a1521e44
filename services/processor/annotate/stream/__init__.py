"""The only package that knows faust."""
