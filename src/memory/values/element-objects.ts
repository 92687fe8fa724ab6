import { type Costs, SHARED_INTEGERS } from '../costs.js'

/** Elements that are string objects of their own (linked lists, hash tables up to Redis 3.2). Reused. */
export class ElementObjects {
  requested = 0
  given = 0

  constructor(private readonly costs: Costs) {}

  reset(): void {
    this.requested = 0
    this.given = 0
  }

  /** `integer` is the value of a canonical integer, else NaN. */
  add(length: number, integer: number): void {
    const { costs } = this
    if (!Number.isNaN(integer)) {
      if (costs.sharesIntegers && integer >= 0 && integer < SHARED_INTEGERS) return
      this.requested += costs.robjBytes
      this.given += costs.robjGiven
    } else if (length <= costs.model.embstrLimit) {
      const bytes = costs.embstrBytes(length)
      this.requested += bytes
      this.given += costs.given(bytes)
    } else {
      this.requested += costs.robjBytes + costs.sdsBytes(length)
      this.given += costs.robjGiven + costs.sdsGiven(length)
    }
  }
}
