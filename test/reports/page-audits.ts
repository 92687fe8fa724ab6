// Expressions that look at a page from within the browser; each gives a list of what is wrong.

/** What a screen reader would not know the name or the order of. */
export const FAULTS_FOR_EARS = `(() => {
  const faults = []
  const all = (selector) => [...document.querySelectorAll(selector)]
  for (const head of all('th:not([scope])')) faults.push('th without scope: ' + head.textContent)
  for (const table of all('table:not([aria-label])')) faults.push('table without name: ' + table.textContent.slice(0, 80))
  for (const input of all('input, select')) {
    if (!input.ariaLabel && input.labels.length === 0) faults.push('input without label: ' + input.outerHTML)
  }
  for (const button of all('button, a')) {
    if (!button.textContent.trim() && !button.ariaLabel) faults.push('button without name: ' + button.outerHTML)
  }
  let level = 0
  for (const heading of all('h1, h2, h3, h4')) {
    const next = Number(heading.tagName[1])
    if (next > level + 1) faults.push('heading out of order: ' + heading.textContent)
    level = next
  }
  return faults
})()`

/** Texts whose contrast to what is behind them is below 4.5 (WCAG 2 AA), as computed by the browser. */
export const FAINT_TEXTS = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const paint = (color) => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = color
    canvas.fillRect(0, 0, 1, 1)
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data
    return [red, green, blue, alpha / 255]
  }
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]))
  const luminance = (color) => {
    const [red, green, blue] = color.map((part) => {
      const s = part / 255
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const faint = new Map()
  const look = (element, text, style) => {
    let background = [255, 255, 255]
    let opacity = 1
    const around = []
    for (let at = element; at !== null; at = at.parentElement) around.unshift(getComputedStyle(at))
    for (const { backgroundColor, opacity: own } of around) {
      background = over(paint(backgroundColor), background)
      opacity *= Number(own)
    }
    const ink = paint(style.color)
    const both = [luminance(over([...ink.slice(0, 3), ink[3] * opacity], background)), luminance(background)]
    const contrast = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05)
    if (contrast < 4.5) faint.set(element.tagName + '.' + element.className, contrast.toFixed(2) + ' ' + text.slice(0, 40))
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node; (node = walker.nextNode()) !== null; ) {
    const element = node.parentElement
    if (node.data.trim() !== '' && element.checkVisibility()) look(element, node.data, getComputedStyle(element))
  }
  for (const input of document.querySelectorAll('input')) {
    look(input, input.placeholder, getComputedStyle(input, '::placeholder'))
  }
  return [...faint]
})()`

/** Links into the page that lead nowhere, and places that share their name. */
export const BROKEN_LINKS = `(() => {
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
  const links = [...document.querySelectorAll('a[href^="#"]')].map((link) => link.getAttribute('href').slice(1))
  return [...links.filter((id) => !ids.includes(id)), ...ids.filter((id, at) => ids.indexOf(id) !== at)]
})()`
