import { ServerProcess } from '../server-process.ts'
import type { Target } from '../targets.ts'

/** Starts the target's server for one run, and ends it afterwards. */
export async function withServer<Result>(
  target: Target,
  run: (server: ServerProcess) => Promise<Result>,
): Promise<Result> {
  const server = new ServerProcess(target.server)
  try {
    await server.start()
    return await run(server)
  } finally {
    await server.end()
  }
}
