"""Commands that run all of Copydesk on this machine, or try one that runs: `demo`, `up` and `try`."""
