import { account } from './account.ts'
import { admin } from './admin.ts'
import { auditLog } from './audit-log.ts'
import { docs } from './docs.ts'
import { errorPages } from './error-pages.ts'
import { noScript } from './no-script.ts'
import { outside } from './outside.ts'
import { signIn } from './sign-in.ts'

export const server = { ...noScript, ...outside, ...signIn, ...account, ...admin, ...auditLog, ...errorPages, ...docs }
