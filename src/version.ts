import { createRequire } from 'node:module'

/** The package finds itself by name, so that source and build need no different paths. */
const manifest = createRequire(import.meta.url)('rdblens/package.json') as { readonly version: string }

/** Version of this package. */
export const { version } = manifest
