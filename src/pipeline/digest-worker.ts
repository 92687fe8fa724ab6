import { parentPort, workerData } from 'node:worker_threads'
import { readDigests } from '../io/digests.js'
import type { DigestRequest } from './digest.js'

/** Runs in a thread: adds up the file it is given and says what it got. */
parentPort?.postMessage(await readDigests(workerData as DigestRequest))
