/** Pieces of a file one behind the other, with what is left of the pieces before. The buffer is used again. */
export class Carry {
  bytes = new Uint8Array(0)
  /** End of what is there. */
  end = 0

  add(chunk: Uint8Array): void {
    const needed = this.end + chunk.length
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, Math.ceil(this.bytes.length * 1.5)))
      larger.set(this.bytes.subarray(0, this.end))
      this.bytes = larger
    }
    this.bytes.set(chunk, this.end)
    this.end = needed
  }

  /** Lets go of what stands before a place. */
  keepFrom(at: number): void {
    this.bytes.copyWithin(0, at, this.end)
    this.end -= at
  }
}
