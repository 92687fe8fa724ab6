import { el } from './dom.js'

const SAID_FOR_MS = 1500

/** A button that copies text and says so. */
export function copyButton(label: string, text: () => string): HTMLButtonElement {
  const button = el('button', { class: 'quiet', type: 'button' }, label)
  button.addEventListener('click', (event) => {
    event.stopPropagation()
    void copy(text()).then((done) => {
      button.textContent = done ? 'copied' : 'could not copy'
      setTimeout(() => {
        button.textContent = label
      }, SAID_FOR_MS)
    })
  })
  return button
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Pages from a disk may not use the clipboard everywhere: the old way then.
    const area = el('textarea', { class: 'offscreen', attributes: { readonly: '' } })
    area.value = text
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}

/** A command on a line of its own, to copy; the remark behind it is for reading only. */
export function command(text: string, remark = ''): HTMLElement {
  return el(
    'div',
    { class: 'command' },
    el('code', {}, text, remark === '' ? null : el('span', { class: 'soft' }, remark)),
    copyButton('copy', () => text),
  )
}
