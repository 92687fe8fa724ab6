import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { describe } from 'vitest'

const PATHS = [process.env.RDBLENS_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = PATHS.find((path) => path !== undefined && existsSync(path))

/**
 * Tests that need a real browser. Without one they are skipped, which the report shows; with
 * RDBLENS_REQUIRE_CHROMIUM=1, as in .ci/run, they fail instead.
 */
export function describeWithChromium(name: string, tests: () => void): void {
  if (executablePath !== undefined || process.env.RDBLENS_REQUIRE_CHROMIUM === '1') describe(name, tests)
  else describe.skip(`${name} (skipped: needs Chromium; Debian and Ubuntu: apt-get install chromium)`, tests)
}

/** A browser that starts nothing beside the page. */
export function startChromium(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(`no Chromium at ${PATHS.slice(1).join(', ')}`)
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
}
