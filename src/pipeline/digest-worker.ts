import { parentPort, workerData } from 'node:worker_threads'
import { type DigestRequest, readDigests } from '../io/digests.js'

/** Runs in a thread: adds up the file it is given and says what it got. */
parentPort?.postMessage(await readDigests(workerData as DigestRequest))
