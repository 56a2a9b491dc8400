import { account } from './server-pages/account.ts'
import { admin } from './server-pages/admin.ts'
import { auditLog } from './server-pages/audit-log.ts'
import { docs } from './server-pages/docs.ts'
import { errorPages } from './server-pages/error-pages.ts'
import { noScript } from './server-pages/no-script.ts'
import { notificationsAndMail } from './server-pages/notifications-and-mail.ts'
import { signIn } from './server-pages/sign-in.ts'

export const server = {
  ...noScript,
  ...notificationsAndMail,
  ...signIn,
  ...account,
  ...admin,
  ...auditLog,
  ...errorPages,
  ...docs,
}
