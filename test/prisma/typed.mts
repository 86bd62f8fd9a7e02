import { recordPrisma } from '@porthole/clients';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/index.js';

const prisma = new PrismaClient({ adapter: new PrismaPg({}) }).$extends(recordPrisma({ system: 'postgresql' }));
const orders: { id: number; name: string }[] = await prisma.order.findMany({ where: { name: 'x' } });
// @ts-expect-error -- there is no such field
orders[0]?.nothing;
await prisma.$transaction([prisma.order.count()]);
await prisma.$transaction((transaction) => transaction.order.count());
