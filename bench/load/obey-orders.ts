/**
 * Answers each order of the program that forked this one. Ends with that program, with exit code 1 when an order fails,
 * and in any case after `longestLifeMs`, ms.
 */
export function obeyOrders<Order>(obey: (order: Order) => unknown, longestLifeMs: number): void {
  process.on('message', async (order: Order) => {
    try {
      process.send?.(await obey(order));
    } catch (error) {
      console.error(error);
      process.exit(1);
    }
  });
  process.on('disconnect', () => process.exit(0));
  setTimeout(() => process.exit(1), longestLifeMs);
}
