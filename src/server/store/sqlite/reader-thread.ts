import { parentPort, workerData } from 'node:worker_threads'
import { serveReads } from './reader.ts'

if (parentPort) serveReads(parentPort, workerData)
