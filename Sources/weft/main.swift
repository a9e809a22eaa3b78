import Glibc

// A reader that goes away (`weft list | head -1`) is an error of the write, not the end of the
// process: what trains must still be saved.
signal(SIGPIPE, SIG_IGN)
// So is a file that grows beyond what the user may write.
signal(SIGXFSZ, SIG_IGN)
exit(Weft.start(Array(CommandLine.arguments.dropFirst())))
