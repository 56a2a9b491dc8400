import type { Backplane } from './backplane/backplane.ts'
import type { Publication } from './chat/publication.ts'
import type { SharedWork } from './cluster/leadership.ts'
import type { Services } from './commands/contract.ts'
import { continueUnfinished } from './commands/publish-effects.ts'
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

/** What one node does for all: it sends webhooks and notifications, and carries out to its end what a node had begun that went away. */
export function createSharedWork(
  { store, chat, log, config, health, settings }: AppContext,
  services: Services,
  { maintenance, backplane, messenger }: SharedNeeds,
): SharedWork {
  const post = createPost(new WebhookHosts(config.webhookHosts))
  const replies = new Replies({ chat, store, log })
  let outgoing: OutgoingWebhooks | undefined
  let notifier: Notifier | undefined
  backplane.subscribe((publication) => {
    outgoing?.hear(publication)
    notifier?.hear(publication)
  })
  return {
    async start() {
      // In the background: users who connect meanwhile see it happen.
      continueUnfinished(services).catch(
        (err) => health.isStopping || log.event('task-failed', { reason: 'continue-moderation', err }),
      )
      outgoing = new OutgoingWebhooks({ store, post, log, replies })
      notifier = new Notifier({ store, messenger, log, canGuestsView: () => settings.now.guests })
      await Promise.all([outgoing.start(), notifier.start()])
      await maintenance.lead()
    },
    async stop() {
      await Promise.all([outgoing?.close(), notifier?.close()])
      outgoing = undefined
      notifier = undefined
    },
  }
}
