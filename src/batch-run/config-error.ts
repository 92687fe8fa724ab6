/** What is wrong with a config, and where. */
export interface ConfigProblem {
  /** From 1; null when it is about the file as a whole. */
  readonly line: number | null
  /** `budgets[0].maxBytes`; empty for the file as a whole. */
  readonly path: string
  readonly message: string
}

/** A config, or a file that belongs to it, that cannot be used: exit code 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'

  constructor(
    readonly file: string,
    readonly problems: readonly ConfigProblem[],
  ) {
    super(problems.map((problem) => ConfigError.sentence(file, problem)).join('\n'))
  }

  /** One sentence per problem, for messages. */
  get sentences(): readonly string[] {
    return this.problems.map((problem) => ConfigError.sentence(this.file, problem))
  }

  static sentence(file: string, { line, path, message }: ConfigProblem): string {
    return `${file}${line === null ? '' : `, line ${line}`}${path === '' ? '' : `, ${path}`}: ${message}`
  }
}
