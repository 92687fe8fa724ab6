/**
 * What is shown of key names. `none`: everything; `ids`: their pattern, in which variable parts stand for their
 * class; `hash`: nothing of their text.
 */
export const redactModes = ['none', 'ids', 'hash'] as const
/** See `redactModes`. */
export type RedactMode = (typeof redactModes)[number]
