import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { describeWith, type Program } from './programs.js'

const PATHS = [process.env.RDBLENS_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = PATHS.find((path) => path !== undefined && existsSync(path))

const CHROMIUM: Program = {
  title: 'Chromium',
  isThere: executablePath !== undefined,
  requiredBy: 'RDBLENS_REQUIRE_CHROMIUM',
  install: 'apt-get install chromium',
}

/** Tests that need a real browser. */
export function describeWithChromium(name: string, tests: () => void): void {
  describeWith(CHROMIUM, name, tests)
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
