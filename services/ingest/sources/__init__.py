"""Where entries come from: HTTP, a watched folder, standard input. Each hands them to the intake."""
