import { describe, expect, it } from 'vitest'
import { luminanceOf, mix, readableOn } from '../../reports/html/client/colors.js'

/** Contrast of WCAG 2, 1 to 21. */
function contrast(a: string, b: string): number {
  const [dark, light] = [luminanceOf(a), luminanceOf(b)].sort((x, y) => x - y) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

const rgb = (hex: string): string =>
  `rgb(${[1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(', ')})`

describe('colours of the map', () => {
  it('have labels that can be read, whatever share of the keys has no TTL', () => {
    // --map-from and --map-to of the style sheet, light and dark, and all greys.
    for (const [from, to] of [
      ['#d7ebef', '#0b7285'],
      ['#1d3a41', '#227f92'],
      ['#000000', '#ffffff'],
    ] as const) {
      for (let share = 0; share <= 1; share += 0.01) {
        const background = mix(rgb(from), rgb(to), share)
        expect(contrast(rgb(readableOn(background)), background), background).toBeGreaterThanOrEqual(4.5)
      }
    }
  })
})
