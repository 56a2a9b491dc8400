import type { Driver } from '../driver.ts'
import type { ClockNote, Store } from '../store.ts'
import { Accounts } from './accounts.ts'
import { Bots } from './bots.ts'
import { Files } from './files.ts'
import { Invitations } from './invitations.ts'
import { Log } from './log.ts'
import { Moderation } from './moderation.ts'
import { Notifications } from './notifications.ts'
import { OutgoingHooks } from './outgoing.ts'
import { Pictures } from './pictures.ts'
import { Rooms } from './rooms.ts'
import { Saved } from './saved.ts'
import { Search } from './search.ts'
import { ServerLog } from './server-log.ts'
import { Sessions } from './sessions.ts'
import { Settings } from './settings.ts'

/** The contracts on any database. */
export function createStore(driver: Driver): Store {
  return {
    accounts: new Accounts(driver),
    bots: new Bots(driver),
    notifications: new Notifications(driver),
    outgoing: new OutgoingHooks(driver),
    sessions: new Sessions(driver),
    files: new Files(driver),
    pictures: new Pictures(driver),
    invitations: new Invitations(driver),
    rooms: new Rooms(driver),
    log: new Log(driver),
    saved: new Saved(driver),
    search: new Search(driver),
    moderation: new Moderation(driver),
    settings: new Settings(driver),
    serverLog: new ServerLog(driver),
    epoch: driver.epoch,
    failed: driver.failed,
    fault: () => driver.fault(),
    clockNote: () => driver.lookUp('clockNote'),
    noteClock: (note: ClockNote) => driver.write('noteClock', note),
    storageFigures: async (meter) => {
      const [figures, logBytes] = await Promise.all([driver.read(meter, 'storageFigures'), driver.logBytes()])
      return { ...figures, ...(logBytes !== undefined && { logBytes }) }
    },
    close: () => driver.close(),
  }
}
