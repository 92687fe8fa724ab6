/** What a page shows below its headline. */
export interface DrawnPage {
  /** Under the sentence of the headline: where it comes from, the most important numbers, notes. */
  readonly head: readonly HTMLElement[]
  /** Each with an id and a title: they stand in the toolbar. */
  readonly sections: readonly HTMLElement[]
  /** Charts follow the switch between memory, payload and keys; default false. */
  readonly measured?: boolean
}
