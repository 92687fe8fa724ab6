type Rgb = readonly [red: number, green: number, blue: number]

function rgbOf(text: string): Rgb {
  const [red = 0, green = 0, blue = 0] = text.match(/[\d.]+/g)?.map(Number) ?? []
  return [red, green, blue]
}

/** The colour at `share` of the way from one to the other. */
export function mix(from: string, to: string, share: number): string {
  const [a, b] = [rgbOf(from), rgbOf(to)]
  return `rgb(${a.map((part, i) => Math.round(part + (b[i]! - part) * share)).join(', ')})`
}

/** Black or white, whichever has the higher contrast to the colour (WCAG 2): it is never below 4.58. */
export function readableOn(background: string): string {
  const luminance = luminanceOf(background)
  return (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) ? '#000000' : '#ffffff'
}

/** WCAG relative luminance of `rgb(r, g, b)`, 0..1. */
export function luminanceOf(color: string): number {
  const [red, green, blue] = rgbOf(color).map((part) => {
    const s = part / 255
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4
  }) as unknown as Rgb
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
