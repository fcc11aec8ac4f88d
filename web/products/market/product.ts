import type { Product } from "@/app/product";

export const market: Product = {
  name: "market",
  title: "market.title",
  pages: [
    { path: "/market/search", title: "market.search.title", component: () => import("./search/SearchPage.vue"), needs: "listings:read" },
    { path: "/market/recommendations", title: "market.recommendations.title", component: () => import("./recommendations/ForYouPage.vue"), needs: "listings:read" },
    { path: "/market/saved-searches", title: "market.saved.title", component: () => import("./alerts/SavedSearchesPage.vue"), needs: "searches:save" },
    { path: "/market/compare", title: "market.compare.title", component: () => import("./listings/ComparePage.vue"), needs: "listings:read", inNavigation: false },
    { path: "/market/listings/:id", title: "market.listings.one", component: () => import("./listings/ListingPage.vue"), needs: "listings:read", inNavigation: false },
    { path: "/market/insight", title: "market.insight.title", component: () => import("./insight/InsightPage.vue"), needs: "listings:read" },
    { path: "/market/moderation", title: "market.reports.page", component: () => import("./moderation/ModerationPage.vue"), needs: "listings:moderate" },
    { path: "/market/conversations", title: "market.conversations.title", component: () => import("./conversations/ConversationsPage.vue"), needs: "conversations:write" },
    { path: "/market/conversations/:id", title: "market.conversations.one", component: () => import("./conversations/ConversationsPage.vue"), needs: "conversations:write", inNavigation: false },
    { path: "/market/conversations/moderation", title: "market.conversations.reported", component: () => import("./conversations/ReportedPage.vue"), needs: "conversations:support" },
    { path: "/market/reviews/moderation", title: "market.reviews.queue", component: () => import("./reviews/ReviewQueuePage.vue"), needs: "reviews:moderate" },
    { path: "/market/stock", title: "market.stock.title", component: () => import("./listings/StockPage.vue"), needs: "listings:write" },
    { path: "/market/stock/new", title: "market.stock.new", component: () => import("./listings/NewListingPage.vue"), needs: "listings:write", inNavigation: false },
    { path: "/market/stock/import", title: "market.import.title", component: () => import("./stock/ImportPage.vue"), needs: "listings:write" },
    { path: "/market/stock/:id", title: "market.stock.edit", component: () => import("./listings/EditListingPage.vue"), needs: "listings:write", inNavigation: false },
  ],
  changes: { conversations: ["conversations"], company_conversations: ["conversations"], support_conversations: ["conversations"], reviews: ["reviews"], saved_searches: ["saved-searches"] },
};
