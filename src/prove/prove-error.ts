/** Why a proof cannot be made: what, and what to do next. */
export class ProveError extends Error {
  override readonly name: string = 'ProveError'

  constructor(
    message: string,
    /** What the user can do, as whole sentences; may be empty. */
    readonly advice = '',
  ) {
    super(message)
  }
}
