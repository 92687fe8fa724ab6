/** What `work` gives, and the time of the processor that it takes, in ms: what the machine does beside does not count. */
export function timed<T>(work: () => T): { readonly result: T; readonly cpuMs: number } {
  const start = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(start)
  return { result, cpuMs: (user + system) / 1000 }
}
