// What every row serves.
exports.addRoutes = (app) => {
  app.get('/', async () => ({ hello: 'world' }));
  app.get('/orders/:id', async (request) => ({ id: request.params.id }));
};

exports.listen = (app) => app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
