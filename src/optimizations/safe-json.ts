const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * The object or array that a JSON text stands for; null when it is none, or has numbers that would come back as others.
 */
export function parseJson(value: Uint8Array): object | null {
  let at = 0
  while (at < value.length && value[at]! <= 32) at++
  // { or [
  if (value[at] !== 123 && value[at] !== 91) return null
  try {
    const text = decoder.decode(value)
    const parsed = JSON.parse(text) as object
    return hasLargeNumbers(text) ? null : parsed
  } catch {
    // No JSON after all, or nested too deeply.
    return null
  }
}

function hasLargeNumbers(text: string): boolean {
  if (!/[0-9.]{16}|[0-9][eE]/.test(text)) return false
  const bare = text.replace(/"(?:[^"\\]|\\.)*"/g, '""')
  return (bare.match(/-?[0-9][0-9.eE+-]*/g) ?? []).some((number) =>
    number.length > 15 ? String(Number(number)) !== number : !Number.isFinite(Number(number)),
  )
}
