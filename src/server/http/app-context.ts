/** What controllers work with. */
import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import type { ApiDocs } from '../api-docs/api-docs.ts'
import type { Callers } from '../auth/callers.ts'
import type { IpBans } from '../auth/ip-bans.ts'
import type { NameSuggestions } from '../auth/name-suggestions.ts'
import type { Sessions } from '../auth/sessions.ts'
import type { SignIn } from '../auth/sign-in.ts'
import type { ChatService } from '../commands/chat-service.ts'
import type { Notify } from '../commands/notify.ts'
import type { Config } from '../config.ts'
import type { CurrentSettings } from '../current-settings.ts'
import type { FileBytes } from '../files/bytes/file-bytes.ts'
import type { Pictures } from '../files/pictures.ts'
import type { Previews } from '../files/previews.ts'
import type { Uploads } from '../files/uploads.ts'
import type { Health } from '../health.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { PageReads } from '../rate-limit/page-reads.ts'
import type { Store } from '../store/store.ts'
import type { Streams } from '../transports/stream/streams.ts'
import type { Downloads } from './files/downloads.ts'
import type { LongBodies } from './files/long-bodies.ts'
import type { Render } from './views/render.ts'

export interface AppContext {
  readonly config: Config
  readonly settings: CurrentSettings
  readonly log: Log
  readonly store: Store
  /** Who a request is from. */
  readonly auth: {
    readonly sessions: Sessions
    /** Identifies callers of an API. Pages take sessions only. */
    readonly callers: Callers
    readonly signIn: SignIn
    readonly names: NameSuggestions
    readonly ipBans: IpBans
  }
  /** What pages do in rooms: the same as connections, by the same rules. */
  readonly chat: ChatService
  /** What reaches users outside of an open page. */
  readonly notify: Notify
  /** Event streams and long polls. */
  readonly streams: Streams
  /** What pages are made with. */
  readonly pages: {
    readonly render: Render
    /** Reads when it is the user's turn, and charges them. Answers 503 when they have read too much. */
    readonly read: PageReads
    /** Names the built page. */
    readonly build: string
    /** The documents of the protocol. */
    readonly apiDocs: ApiDocs
  }
  readonly health: Health
  /** Undefined where nobody may read them. */
  readonly metrics: Pick<Metrics, 'answer' | 'committed' | 'watch' | 'listen' | 'close'> | undefined
  readonly files: {
    readonly uploads: Uploads
    /** What was uploaded. */
    readonly bytes: Pick<FileBytes, 'read'>
    readonly previews: Pick<Previews, 'open'>
    readonly pictures: Pictures
    readonly downloads: Downloads
    /** Requests that may take long. */
    readonly longBodies: LongBodies
  }
  /** The client's address. */
  addressOf(request: IncomingMessage): string
}

/** What a URL does. */
export type Action = (ctx: Context, app: AppContext) => Promise<void> | void

/** What a file in `controllers/` exports as its default: `{ 'GET /path': action }`. */
export type Controller = Record<string, Action>
