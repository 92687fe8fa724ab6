import { parentPort, workerData } from 'node:worker_threads'
import { sha256Of } from '../io/sha256.js'

/** Runs in a thread: adds up the file it is given and says what it got. */
parentPort?.postMessage(await sha256Of(workerData as string))
