// Orders in memory; a real service has a database here.

export interface Order {
  readonly id: number;
  readonly item: string;
  readonly quantity: number;
}

export interface OrderStore {
  add(item: string, quantity: number): Order;
  find(id: number): Order | undefined;
  all(): readonly Order[];
  /** Throws while the store is switched off. */
  ping(): void;
  /** Plays an outage: a store that is not available fails its readiness check. */
  setAvailable(available: boolean): void;
}

const MAX_ORDERS = 1000;

export function createOrderStore(): OrderStore {
  const orders = new Map<number, Order>();
  let lastId = 0;
  let available = true;
  return {
    add: (item, quantity) => {
      const order = { id: ++lastId, item, quantity };
      orders.set(order.id, order);
      // The oldest go first, so that a long demonstration does not grow.
      if (orders.size > MAX_ORDERS) orders.delete(lastId - MAX_ORDERS);
      return order;
    },
    find: (id) => orders.get(id),
    all: () => [...orders.values()],
    ping: () => {
      if (!available) throw new Error('the store is switched off');
    },
    setAvailable: (value) => {
      available = value;
    },
  };
}
