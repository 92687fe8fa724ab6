/** What the exit code says to scripts. */
export const EXIT = {
  done: 0,
  /** Done, and a budget or `--fail-on` condition was broken. */
  broken: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** An input cannot be read or is not a dump, or an output cannot be written. */
  unreadable: 3,
  /** The dump is cut or damaged; the result covers what came before, or what could be saved. */
  partial: 4,
  /** Stopped by Ctrl-C: 128 + SIGINT, as shells have it. */
  interrupted: 130,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
