module pillion.dev/bench/load

go 1.25
