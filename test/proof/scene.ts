/** A server and the clients in its one room: the setup for a fault. */
import { check, type Report } from './checker.ts'
import { Crowd, type CrowdOptions } from './clients/crowd.ts'
import { readFinalLog, readSql } from './final-log.ts'
import type { WireFault } from './history.ts'
import { type ServerOptions, ServerProcess } from './server.ts'

export { after, becomes, between } from './clients/crowd.ts'

const room = 'proof'

export interface SceneOptions extends CrowdOptions {
  server?: ServerOptions
  /** Where a client connects to, if not to the server. */
  port?: (server: ServerProcess, client: number) => number
}

export class Scene extends Crowd implements AsyncDisposable {
  readonly server: ServerProcess

  private constructor(server: ServerProcess, options: SceneOptions) {
    super(options)
    this.server = server
  }

  /** Resolves when every client is in the room. */
  static async open(options: SceneOptions): Promise<Scene> {
    const server = await ServerProcess.start(options.server)
    const scene = new Scene(server, options)
    const originOf = (client: number) => `http://127.0.0.1:${options.port?.(server, client) ?? server.port}`
    try {
      await scene.come({ room, signInAt: () => server.url, originOf })
      return scene
    } catch (error) {
      await scene[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Sends everybody home, reads the log in its three ways and compares. @param allowed as the checker has it */
  async verdict(allowed?: readonly WireFault['type'][]): Promise<Report> {
    this.goHome()
    if (!this.server.isRunning) await this.server.start()
    const fresh = await readFinalLog(this.server.url, this.cookie, room)
    await this.server.kill('SIGTERM')
    return check(this.history, [readSql(this.server.dataDir, room), fresh], allowed)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.goHome()
    await this.server[Symbol.asyncDispose]()
  }
}
