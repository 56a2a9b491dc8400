import { parentPort, workerData } from 'node:worker_threads'
import { serveWrites } from './writer.ts'

if (parentPort) serveWrites(parentPort, workerData)
