import { minuteMs } from '../shared/durations.ts'
import type { Backplane } from './backplane/backplane.ts'
import type { Publication } from './chat/publication.ts'
import type { SharedWork } from './cluster/leadership.ts'
import type { Services } from './commands/contract.ts'
import { continueUnfinished } from './commands/publish-effects.ts'
import { TextIndexer } from './files/texts/text-indexer.ts'
import type { AppContext } from './http/app-context.ts'
import type { Maintenance } from './maintenance.ts'
import type { Messenger } from './notify/messenger.ts'
import { Notifier } from './notify/notifier.ts'
import { WebhookHosts } from './outgoing/addresses.ts'
import { OutgoingWebhooks } from './outgoing/outgoing-webhooks.ts'
import { createPost } from './outgoing/post.ts'
import { Replies } from './outgoing/replies.ts'

interface SharedNeeds {
  maintenance: Maintenance
  backplane: Backplane<Publication>
  messenger: Messenger
}

/** What one node does for all: it sends webhooks and notifications, indexes the texts of files, and carries out to its end what a node had begun that went away. */
export function createSharedWork(
  { store, chat, log, config, health, settings, files }: AppContext,
  services: Services,
  { maintenance, backplane, messenger }: SharedNeeds,
): SharedWork {
  const post = createPost(new WebhookHosts(config.webhookHosts))
  const replies = new Replies({ chat, store, log })
  let outgoing: OutgoingWebhooks | undefined
  let notifier: Notifier | undefined
  let texts: TextIndexer | undefined
  let timer: NodeJS.Timeout | undefined
  let isContinuing = false
  // In the background: users who connect meanwhile see it happen.
  async function continueModeration(): Promise<void> {
    if (isContinuing) return
    isContinuing = true
    try {
      await continueUnfinished(services)
    } catch (err) {
      if (!health.isStopping) log.event('task-failed', { reason: 'continue-moderation', err })
    }
    isContinuing = false
  }
  backplane.subscribe((publication) => {
    outgoing?.hear(publication)
    notifier?.hear(publication)
  })
  return {
    async start() {
      void continueModeration()
      // What a node that did not lead has left when it went away.
      timer = setInterval(() => void continueModeration(), minuteMs).unref()
      outgoing = new OutgoingWebhooks({ store, post, log, replies })
      notifier = new Notifier({ store, messenger, log, canGuestsView: () => settings.now.guests })
      await Promise.all([outgoing.start(), notifier.start()])
      texts = new TextIndexer({ store, bytes: files.bytes, log })
      await maintenance.lead()
    },
    async stop() {
      clearInterval(timer)
      await Promise.all([outgoing?.close(), notifier?.close(), texts?.close()])
      outgoing = undefined
      notifier = undefined
      texts = undefined
    },
  }
}
