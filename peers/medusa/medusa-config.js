const { defineConfig } = require("@medusajs/framework/utils")

// A store for tests on one machine: event bus, cache and workflow engine in memory (Medusa's defaults), no admin
// pages, no Redis, nothing secret.
module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    databaseDriverOptions: { connection: { ssl: false } },
    http: {
      storeCors: "http://localhost:8000",
      adminCors: "http://localhost:9000",
      authCors: "http://localhost:9000",
      jwtSecret: "tests-only",
      cookieSecret: "tests-only",
    },
  },
  admin: { disable: true },
})
