//! What most programs need: `use emptor::prelude::*;`.

pub use crate::Error;
pub use emptor_core::analysis::{
    Analysis, AnalysisInput, AnalysisResults, Margin, Potential, PurchaseModelChoice, Scorer, ScorerData,
    SevenPAnalysis,
};
pub use emptor_core::grade::{
    AssessmentStandard, FittedGrader, Grade, GradeBy, Grader, GradingData, Indicator, IndicatorTable, InformationGroup,
    OrderBy, Transform,
};
pub use emptor_core::period::Grain;
pub use emptor_core::value::equity::{AcquisitionPlan, EquityModel, Relationship};
pub use emptor_core::value::profitability::{
    CostRule, MissingCost, ProfitMeasure, RelationshipProfit, RelationshipProfits,
};
pub use emptor_core::value::uncertainty::{CustomerBootstrap, ParameterUncertainty, ValueRange};
pub use emptor_core::value::{
    CurrentProfit, CustomerEquity, LifetimeValue, LifetimeValues, ModelValuation, PotentialProfit, ProfitStreams,
    RetentionRate, Scores, Scoring, Survival,
};
pub use emptor_lifetime::{
    ActsOn, BetaDiscreteWeibull, BetaDiscreteWeibullParameters, BetaGeoBetaBinomial, BetaGeoBetaBinomialParameters,
    BetaGeoCnbdK, BetaGeoCnbdKParameters, BetaGeoNbd, BetaGeoNbdParameters, Coefficient, Estimate, FamilySettings,
    FittedBetaDiscreteWeibull, FittedBetaGeoBetaBinomial, FittedBetaGeoCnbdK, FittedBetaGeoNbd, FittedGammaGamma,
    FittedGammaGompertzNbd, FittedModifiedBetaGeoCnbdK, FittedModifiedBetaGeoNbd, FittedNbd, FittedParetoNbd,
    FittedPurchaseModel, FittedShiftedBetaGeo, GammaGamma, GammaGammaParameters, GammaGompertzNbd,
    GammaGompertzNbdParameters, Interval, ModifiedBetaGeoCnbdK, ModifiedBetaGeoCnbdKParameters, ModifiedBetaGeoNbd,
    ModifiedBetaGeoNbdParameters, Nbd, NbdParameters, ParetoNbd, ParetoNbdParameters, PurchaseModel, PurchaseModelKind,
    Selection, ShiftedBetaGeo, ShiftedBetaGeoParameters, select,
};
pub use emptor_rfm::{HistoryOptions, PurchaseHistory, PurchaseLedger, RfmTable, ScoreOptions, Split};
pub use emptor_table::{
    Activities, ActivityColumns, Calendar, CalendarColumns, CampaignColumns, Campaigns, Cancellation, ContactColumns,
    Contacts, ContractColumns, Contracts, CostPoolColumns, CostPools, CustomerColumns, Customers, DateFormat,
    Deliveries, DeliveryColumns, Identities, IdentityColumns, InteractionColumns, Interactions, Linking, Opportunities,
    OpportunityColumns, PaymentColumns, Payments, Policy, ProductColumns, Products, ReadOptions, ReferralColumns,
    Referrals, RepColumns, Reps, ResponseColumns, Responses, Source, Spending, SpendingColumns, StageHistory,
    StageHistoryColumns, Stock, StockColumns, SurveyColumns, Surveys, Tables, TargetColumns, Targets, TicketColumns,
    Tickets, TransactionColumns, Transactions, WalletColumns, Wallets,
};
pub use emptor_types::{
    Covariates, Date, DiscountRate, Envelope, Fit, HistoryView, Horizon, Level, TimeUnit, Timing, Training,
};
