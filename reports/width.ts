/**
 * First and last code points that terminals draw two cells wide (Unicode 16, East Asian Width W and F), coarse blocks.
 */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x23e9, 0x23f3],
  [0x25fd, 0x25fe],
  [0x2614, 0x2615],
  [0x2648, 0x2653],
  [0x267f, 0x267f],
  [0x2693, 0x2693],
  [0x26a1, 0x26a1],
  [0x26aa, 0x26ab],
  [0x26bd, 0x26be],
  [0x26c4, 0x26c5],
  [0x26ce, 0x26ce],
  [0x26d4, 0x26d4],
  [0x26ea, 0x26ea],
  [0x26f2, 0x26fd],
  [0x2705, 0x2705],
  [0x270a, 0x270b],
  [0x2728, 0x2728],
  [0x274c, 0x274e],
  [0x2753, 0x2757],
  [0x2795, 0x2797],
  [0x27b0, 0x27bf],
  [0x2b1b, 0x2b1c],
  [0x2b50, 0x2b55],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1d300, 0x1d376],
  [0x1f004, 0x1f004],
  [0x1f0cf, 0x1f0cf],
  [0x1f18e, 0x1f19a],
  [0x1f1e6, 0x1f265],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f7e0, 0x1f7f0],
  [0x1f900, 0x1faff],
  [0x20000, 0x3fffd],
]

const ASCII_ONLY = /^[\x20-\x7e]*$/
const COMBINING = /^\p{Mn}|^\p{Me}/u
const ZERO_WIDTH_JOINERS = /^[\u200b-\u200d\u2060]/
const EMOJI_PRESENTATION = '\ufe0f'

function characterCells(character: string): number {
  const code = character.codePointAt(0)!
  if (code < 0x300) return 1
  if (character === EMOJI_PRESENTATION) return 1 // the symbol before it grows to two cells
  if (COMBINING.test(character) || ZERO_WIDTH_JOINERS.test(character)) return 0
  let low = 0
  let high = WIDE.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const [first, last] = WIDE[middle]!
    if (code < first) high = middle - 1
    else if (code > last) low = middle + 1
    else return 2
  }
  return 1
}

/**
 * Terminal cells the text takes. Joined emoji count as their parts: terminals differ, and too many cells do no harm.
 */
export function displayWidth(text: string): number {
  if (ASCII_ONLY.test(text)) return text.length
  let cells = 0
  for (const character of text) cells += characterCells(character)
  return cells
}

/** The longest beginning of the text that fits. */
export function headOf(text: string, cells: number): string {
  if (ASCII_ONLY.test(text)) return text.slice(0, Math.max(0, cells))
  let head = ''
  let left = cells
  for (const character of text) {
    left -= characterCells(character)
    if (left < 0) break
    head += character
  }
  return head
}

/** The longest end of the text that fits. */
export function tailOf(text: string, cells: number): string {
  if (ASCII_ONLY.test(text)) return cells <= 0 ? '' : text.slice(-cells)
  const characters = [...text]
  let left = cells
  let at = characters.length
  while (at > 0) {
    left -= characterCells(characters[at - 1]!)
    if (left < 0) break
    at--
  }
  // A mark must not lose the letter it stands on.
  while (at < characters.length && characterCells(characters[at]!) === 0) at++
  return characters.slice(at).join('')
}

/**
 * The text in at most `cells` cells: what does not fit is cut out of the middle, because both ends of a key name
 * matter.
 */
export function cutMiddle(text: string, cells: number): string {
  if (displayWidth(text) <= cells) return text
  if (cells <= 1) return headOf('…', cells)
  const tail = Math.floor((cells - 1) / 2)
  return `${headOf(text, cells - 1 - tail)}…${tailOf(text, tail)}`
}

export function padEnd(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - displayWidth(text)))
}

export function padStart(text: string, cells: number): string {
  return ' '.repeat(Math.max(0, cells - displayWidth(text))) + text
}

/** Breaks text at spaces into lines of at most `cells`; words that are longer are cut in the middle. */
export function wrap(text: string, cells: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (word === '') continue
    const fitting = cutMiddle(word, cells)
    if (line === '') line = fitting
    else if (displayWidth(line) + 1 + displayWidth(fitting) <= cells) line += ` ${fitting}`
    else {
      lines.push(line)
      line = fitting
    }
  }
  if (line !== '') lines.push(line)
  return lines
}
